"""Return on investment: nothing, real, synthetic and hybrid rows compared at equal outcome, from sourced inputs."""
