//! Throwaway PostgreSQL servers and fixtures for tests and benchmarks.
