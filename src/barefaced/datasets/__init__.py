"""From folders of clips to batches of groups: layouts, store, splits, groups, transforms, loading."""
