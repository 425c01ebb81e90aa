import sys

from rwa_portal.embedded.cli import main

sys.exit(main(sys.argv[1:]))
