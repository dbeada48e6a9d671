"""Commands of the section Learn: rates, returns, insights, summaries, pages."""
