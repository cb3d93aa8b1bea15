package otelnats

// scope names the instrumentation.
const scope = "github.com/evernats/nats/otelnats"

// Names of metrics. Those that begin with "messaging" are OpenTelemetry's.
const (
	metricSent         = "messaging.client.sent.messages"
	metricConsumed     = "messaging.client.consumed.messages"
	metricOperation    = "messaging.client.operation.duration"
	metricProcess      = "messaging.process.duration"
	metricIO           = "nats.client.io"
	metricConnections  = "nats.client.connection.count"
	metricAttempts     = "nats.client.connection.attempts"
	metricReconnects   = "nats.client.reconnects"
	metricMigrations   = "nats.client.migrations"
	metricOutage       = "nats.client.outage.duration"
	metricQueueSize    = "nats.client.queue.size"
	metricQueueLimit   = "nats.client.queue.limit"
	metricUnconfirmed  = "nats.client.unconfirmed.messages"
	metricInDoubt      = "nats.client.in_doubt.messages"
	metricReplayed     = "nats.client.replayed.messages"
	metricDropped      = "nats.client.dropped.messages"
	metricSlowDropped  = "nats.client.slow_consumer.dropped.messages"
	metricSlow         = "nats.client.slow_consumer.count"
	metricSubscription = "nats.client.subscription.count"
	metricDenied       = "nats.client.permission.denials"
	metricLostEvents   = "nats.client.events.lost"
)

// Names of attributes. Those that don't begin with "nats" are OpenTelemetry's.
const (
	attrSystem       = "messaging.system"
	attrClientID     = "messaging.client.id"
	attrOperation    = "messaging.operation.name"
	attrType         = "messaging.operation.type"
	attrDestination  = "messaging.destination.name"
	attrTemplate     = "messaging.destination.template"
	attrTemporary    = "messaging.destination.temporary"
	attrSubscription = "messaging.destination.subscription.name"
	attrGroup        = "messaging.consumer.group.name"
	attrMessageID    = "messaging.message.id"
	attrBodySize     = "messaging.message.body.size"
	attrServer       = "server.address"
	attrPort         = "server.port"
	attrError        = "error.type"
	attrDirection    = "network.io.direction"
	attrState        = "nats.client.connection.state"
	attrResult       = "nats.client.connection.attempt.result"
	attrMigration    = "nats.client.migration.result"
)

// other stands for what there would be too many of, or has no name.
const other = "_OTHER"
