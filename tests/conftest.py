"""Settings for all Python tests."""

from hypothesis import HealthCheck, settings

# A busy machine is slow, not wrong.
settings.register_profile("rfb", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("rfb")
