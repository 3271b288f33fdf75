"""What a mutant is."""

from __future__ import annotations

from dataclasses import dataclass

PLACES = {"jobclients_core": "generator/core", "vendorsmith": "generator", "specs": ""}
"""Where the files are that are not generated, by the folder that their paths begin with."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """One wrong change of a file, by exact replacement of text.

    Args:
        id: Its name: area, slash, what is changed.
        breaks: What a user of the clients would notice.
        file: The file, below ``generated/jobclients``; of another part if its path begins as one of `PLACES`.
        old: Text that is there now.
        new: Text that takes its place.
        count: How often the old text is there; each place is changed.
    """

    id: str
    breaks: str
    file: str
    old: str
    new: str
    count: int = 1

    @property
    def area(self) -> str:
        """What it belongs to in reports."""
        return self.id.partition("/")[0]

    @property
    def path(self) -> str:
        """The file, below the repository."""
        return f"{PLACES.get(self.file.partition('/')[0], 'generated/jobclients')}/{self.file}".lstrip("/")

    def applied(self, text: str) -> str:
        """The file's text with the change.

        Args:
            text: The file's text as the generator wrote it.

        Returns:
            The mutated text.

        Raises:
            ValueError: the old text is not there as often as it should.
        """
        found = text.count(self.old)
        if found != self.count:
            raise ValueError(f"{self.id} does not apply: its text is {found} times in {self.file}")
        return text.replace(self.old, self.new)
