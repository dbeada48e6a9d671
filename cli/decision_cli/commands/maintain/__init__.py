"""Commands of the section Set up and maintain."""
