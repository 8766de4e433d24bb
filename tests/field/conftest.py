"""What tests of this room share: see `field_fixtures`."""

from field_fixtures import *  # noqa: F403
