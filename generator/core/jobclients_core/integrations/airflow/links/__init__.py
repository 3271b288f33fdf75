"""Links to pages of vendors."""
