"""What a step is: draws, losses, the self-check and the one training loop."""
