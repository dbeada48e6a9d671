"""Sample data: a small golf-coaching business."""
