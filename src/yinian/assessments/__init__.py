"""Assessment of older people's ability: asked for, assigned, visited, issued, objected to, in force."""
