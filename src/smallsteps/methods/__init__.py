"""Ways to teach: what a record becomes for training, how a question is asked, how the output is read."""
