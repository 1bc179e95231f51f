"""One module a recipe, each with `fit`, `save` and `load`."""
