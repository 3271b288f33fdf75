"""Reading specs: text to a document that knows its positions, and everything that can be wrong with it."""
