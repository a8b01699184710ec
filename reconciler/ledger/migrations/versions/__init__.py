"""Steps in order of their numbers; each says which one it follows."""
