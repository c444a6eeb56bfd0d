//! Questions asked of predictions: confusion, mistakes, sorting and filtering.
