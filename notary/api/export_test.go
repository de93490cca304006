package api

// Home is home, for tests.
var Home = home
