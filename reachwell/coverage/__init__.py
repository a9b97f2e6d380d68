"""What is known of whom, and what follows where it is not."""
