"""What the tables say, read with a reading of its own: schemas, places, times, and what is said of jobs."""
