"""The crash matrix: kill -9 at every numbered point of a run on a real machine, judged by one checker.

points ─> case ─> deployment (control plane, worker, nursery, victim) ─> machine
            └──> collect ─> history ─> checker ─> verdict ─> table
"""
