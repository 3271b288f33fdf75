"""What came of it, held against what the tables say: requests, results, errors, and what they show."""
