"""The tables of contract tests, by what they are about; `vendorsmith.contract.cases` has them all."""
