"""Benchmarks: every figure stands beside an anchor measured in the same run. They judge nothing; people do."""
