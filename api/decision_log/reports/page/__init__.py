"""Web page of a period: what to do first, and what was learnt, as one self-contained HTML file."""
