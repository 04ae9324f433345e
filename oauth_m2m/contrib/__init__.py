"""Bridges to other packages, each used only by those who have that package."""
