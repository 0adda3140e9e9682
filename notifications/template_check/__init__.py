"""The check of all texts (模板检查): each rendered with the worst and the least there may be."""
