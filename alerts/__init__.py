"""Series, detectors, and the policy that decides what is raised."""
