"""Values of cells and columns: numbers, times, amounts and their currency."""
