"""One numbered file a step. A file that was released is never changed."""
