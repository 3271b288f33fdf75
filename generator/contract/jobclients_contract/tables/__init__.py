"""The tables of contract tests, by what they are about; `jobclients_contract.cases` has them all."""
