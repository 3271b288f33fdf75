"""IR to text: words, models, templates, formatting. Nothing here writes a file."""
