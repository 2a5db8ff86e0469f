"""Generated questions with known answers, one file a task."""
