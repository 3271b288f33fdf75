"""What a normalised document says, by a reading that the clients do not have; the generator writes suites with it."""
