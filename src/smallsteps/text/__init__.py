"""Plain text: what could be an answer, clauses, sentences, arithmetic."""
