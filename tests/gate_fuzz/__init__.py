"""The shell gate against a real bash: what was read must be what runs, and nothing else."""
