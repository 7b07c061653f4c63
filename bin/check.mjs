// Continuous integration runs the tests and nothing else; they include format, lint and types.
import './test.mjs';
