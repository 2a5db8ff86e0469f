"""From tokens to logits: the token forest, rows, attention, the two architectures, students."""
