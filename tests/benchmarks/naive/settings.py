from yuexi.settings import *  # noqa: F403

ROOT_URLCONF = "tests.benchmarks.naive.urls"
