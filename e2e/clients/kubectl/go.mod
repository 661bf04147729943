// What is built is pinned in one file for each version; go wants this one, to know where the module begins.
module gatehouse.localhost/e2e-kubectl

go 1.26.0
