"""What runs beside the web: the workers, the ticker, the schedule, and the supervisor that keeps them all up."""
