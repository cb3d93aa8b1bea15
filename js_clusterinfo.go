package nats

import "time"

// ClusterInfo says which servers have a stream or a consumer.
type ClusterInfo struct {
	// Name is the cluster's name.
	Name string `json:"name,omitempty"`
	// RaftGroup is the name of the group.
	RaftGroup string `json:"raft_group,omitempty"`
	// Leader is the server that leads; empty: none at the moment.
	Leader string `json:"leader,omitempty"`
	// LeaderSince is since when.
	LeaderSince *time.Time `json:"leader_since,omitempty"`
	// SystemAcc says that replication goes by the system account.
	SystemAcc bool `json:"system_account,omitempty"`
	// TrafficAcc is the account that it goes by.
	TrafficAcc string `json:"traffic_account,omitempty"`
	// Replicas are the other servers.
	Replicas []*PeerInfo `json:"replicas,omitempty"`
	// Desired is where it is moving to; nil if it stays.
	Desired *DesiredClusterInfo `json:"desired,omitempty"`
}

// PeerInfo is a server with a copy.
type PeerInfo struct {
	// Name is its name.
	Name string `json:"name"`
	// Current says that its copy is up to date.
	Current bool `json:"current"`
	// Offline says that it doesn't answer.
	Offline bool `json:"offline,omitempty"`
	// Active is how long ago it did.
	Active time.Duration `json:"active"`
	// Lag is how many operations it is behind.
	Lag uint64 `json:"lag,omitempty"`
	// Peer is its id.
	Peer string `json:"peer"`
	// Pending says that it isn't part of the group yet.
	Pending bool `json:"pending,omitempty"`
}

// DesiredClusterInfo is where a stream or a consumer is moving to.
type DesiredClusterInfo struct {
	// Created is when the move began.
	Created time.Time `json:"created"`
	// Name is the cluster's name.
	Name string `json:"name,omitempty"`
	// Replicas are the servers that will have it.
	Replicas []*DesiredPeerInfo `json:"replicas,omitempty"`
	// Origin is what it was before.
	Origin *DesiredClusterInfoOrigin `json:"origin,omitempty"`
	// Status says what holds it up; nil: nothing.
	Status *DesiredClusterInfoStatus `json:"status,omitempty"`
}

// DesiredPeerInfo is a server that will have a stream or a consumer.
type DesiredPeerInfo struct {
	// Name is its name.
	Name string `json:"name"`
	// Offline says that it doesn't answer.
	Offline bool `json:"offline,omitempty"`
	// Peer is its id.
	Peer string `json:"peer"`
}

// DesiredClusterInfoStatus says how a move stands.
type DesiredClusterInfoStatus struct {
	// Description says so in words.
	Description string `json:"description"`
	// Type is the step that it is at.
	Type MigrationStatusType `json:"type"`
	// Err is what went wrong, if something did.
	Err string `json:"err,omitempty"`
}

// DesiredClusterInfoOrigin is what a stream was before it began to move.
type DesiredClusterInfoOrigin struct {
	// Replicas is how many servers had it.
	Replicas int `json:"replicas"`
	// Placement is where it was to be.
	Placement *Placement `json:"placement,omitempty"`
	// Retention is what its retention was.
	Retention *RetentionPolicy `json:"retention,omitempty"`
}

// MigrationStatusType is a step of a move.
type MigrationStatusType string

// The steps of a move.
const (
	MigrationStatusBlocked     MigrationStatusType = "blocked"     // something keeps it from going on
	MigrationStatusCatchup     MigrationStatusType = "catchup"     // the new servers fetch what they lack
	MigrationStatusMembership  MigrationStatusType = "membership"  // the group changes
	MigrationStatusMeta        MigrationStatusType = "meta"        // the system notes it
	MigrationStatusQuorum      MigrationStatusType = "quorum"      // too few servers answer
	MigrationStatusSnapshot    MigrationStatusType = "snapshot"    // a snapshot is made
	MigrationStatusUnavailable MigrationStatusType = "unavailable" // a server that is needed is away
)
