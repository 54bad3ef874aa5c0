"""How fast the optimizers are, beside torch.optim in the same run: ratios, never a time to be held to."""
