# Types of cel-expr-python 0.1.3, as far as Steward uses it.
