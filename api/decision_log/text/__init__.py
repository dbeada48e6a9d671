"""Texts from and for people: amounts with their sign, times in words, and what a terminal may show."""
