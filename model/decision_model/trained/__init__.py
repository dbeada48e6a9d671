"""The trained model: pool members, fitting, prediction and arrays."""
