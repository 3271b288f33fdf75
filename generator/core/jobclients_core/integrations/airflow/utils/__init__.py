"""What hooks, operators, sensors and triggers share."""
