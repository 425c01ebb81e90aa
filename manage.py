#!/usr/bin/env python3
import os
import sys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rwa_portal.settings")

from django.core.management import execute_from_command_line  # noqa: E402

import rwa_portal.celery  # noqa: E402, F401  tasks poked from a command must find the broker

execute_from_command_line(sys.argv)
