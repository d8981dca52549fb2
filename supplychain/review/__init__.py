"""Human review: a frozen lot of rows, a desk where people judge it, and a verdict that is computed."""
