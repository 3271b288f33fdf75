"""Which documents of npm's packages are in the development set."""

from __future__ import annotations

from corpus.documents import DIRECTORY, EXAMPLES, GITHUB, chosen


def test_of_the_directory() -> None:
    """One of twenty by path, ten of a family at most, and some by their publisher."""
    apis = [f"{number:04}.example/api" for number in range(200)]
    apis += [f"amazonaws.com/{number:04}" for number in range(400)]
    apis += ["stripe.com", "slack.com/openai"]
    found = [name for _, name in chosen(DIRECTORY, [f"package/api/{api}.json" for api in apis] + ["package/a.json"])]

    assert found[:2] == ["0007.example_api.json", "0027.example_api.json"]
    assert sum(name.startswith("amazonaws") for name in found) == 10
    assert found[-2:] == ["slack.com_openai.json", "stripe.com.json"]
    assert len(found) == 22


def test_of_the_others() -> None:
    names = ["package/generated/api.github.com.json", "package/generated/ghec.json"]

    assert list(chosen(GITHUB, names)) == [("package/generated/api.github.com.json", "github.com.json")]
    names = ["package/2.0/json/a.json", "package/3.0/json/b/c.json", "package/3.0/yaml/a.yaml", "package/package.json"]
    assert [name for _, name in chosen(EXAMPLES, names)] == ["oas-2.0-a.json", "oas-3.0-b_c.json"]
