"""What arrived and what was returned, held against what has to be: bodies, signatures, typed values, examples."""
