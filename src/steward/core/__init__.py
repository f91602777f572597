"""The one path: catalogue, policy, approval, job, verify, audit."""
