//! The service as gRPC has it: ten paths, each with its message and its reply.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use http::{Request, Response};
use hyper::body::Incoming;
use prost::Message;
use tonic::body::Body;
use tonic::server::{Grpc, ServerStreamingService, UnaryService};
use tonic::{Request as Call, Response as Reply, Status};
use tonic_prost::ProstCodec;

use crate::calls;
use crate::catalog::Catalog;
use crate::proto::{
    GetExperimentRequest, GetExperimentResponse, ListPluginsRequest, ListRunsRequest,
    ReadBlobRequest, ReadBlobResponse, ReadRequest,
};
use crate::reload::Shared;
use crate::stream::{Pieces, open};
use crate::tensors::read_tensors;

/// Name of the service in paths.
const SERVICE: &str = "/tensorboard.data.TensorBoardDataProvider/";
/// The longest request: names of all runs of a large log.
const MOST_REQUEST_BYTES: usize = 256 << 20;
/// A page that is opened waits so long for a look at what is new.
const PATIENCE: Duration = Duration::from_millis(100);
/// A call that names runs waits so long until they have been read; it gets what there is then. No page is reloaded sooner.
const LONG_PATIENCE: Duration = Duration::from_secs(5);

/// Answers the calls.
#[derive(Clone)]
pub struct Service {
    /// The data.
    pub shared: Arc<Shared>,
    /// The logs, for people.
    pub location: Arc<str>,
}

type Answer<T> = Pin<Box<dyn Future<Output = Result<Reply<T>, Status>> + Send>>;

/// A call whose reply is one message.
struct Unary<Q, A> {
    shared: Arc<Shared>,
    answer: Arc<Answering<Q, A>>,
    cost: Cost<Q>,
}

type Answering<Q, A> = dyn Fn(&Catalog, &Q) -> Result<A, Status> + Send + Sync;

/// What a call waits for.
enum Cost<Q> {
    /// Nothing: memory answers it.
    Quick,
    /// A look at what is new: a page begins with it.
    Look,
    /// The runs that it names, and files.
    Runs(fn(&Q) -> &[String]),
}

impl<Q> Clone for Cost<Q> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<Q> Copy for Cost<Q> {}

impl<Q: Message + 'static, A: Message + Default + 'static> UnaryService<Q> for Unary<Q, A> {
    type Response = A;
    type Future = Answer<A>;

    fn call(&mut self, call: Call<Q>) -> Self::Future {
        let (shared, answer, cost) = (self.shared.clone(), self.answer.clone(), self.cost);
        let asked = call.into_inner();
        Box::pin(async move {
            if let Cost::Runs(runs) = cost {
                let catalog = shared.display.with_runs(runs(&asked), LONG_PATIENCE).await;
                let work = move || answer(&catalog, &asked);
                let done = tokio::task::spawn_blocking(work).await;
                let reply = done.map_err(|_| Status::internal("a thread that reads files ended"));
                return reply?.map(Reply::new);
            }
            if let Cost::Look = cost {
                shared.refresh(PATIENCE).await;
            }
            answer(&shared.display.catalog(), &asked).map(Reply::new)
        })
    }
}

/// The call whose reply is a stream of pieces.
struct Blobs(Service);

impl ServerStreamingService<ReadBlobRequest> for Blobs {
    type Response = ReadBlobResponse;
    type ResponseStream = Pieces;
    type Future = Answer<Pieces>;

    fn call(&mut self, call: Call<ReadBlobRequest>) -> Self::Future {
        let catalog = self.0.shared.display.catalog();
        Box::pin(async move {
            let key = call.into_inner().blob_key;
            Ok(Reply::new(open(catalog, key).await?))
        })
    }
}

impl Service {
    /// Answers a request.
    pub async fn answer(self, request: Request<Incoming>) -> Result<Response<Body>, Infallible> {
        let path = request.uri().path().to_owned();
        let name = path.strip_prefix(SERVICE).unwrap_or_default();
        let location = self.location.clone();
        Ok(match name {
            "GetExperiment" => {
                self.unary(request, Cost::Look, move |_, _: &GetExperimentRequest| {
                    Ok(GetExperimentResponse {
                        data_location: location.to_string(),
                        ..GetExperimentResponse::default()
                    })
                })
                .await
            }
            "ListRuns" => {
                self.unary(request, Cost::Look, |all, _: &ListRunsRequest| {
                    Ok(calls::runs(all))
                })
                .await
            }
            "ListPlugins" => {
                self.unary(request, Cost::Quick, |all, _: &ListPluginsRequest| {
                    Ok(calls::plugins(all))
                })
                .await
            }
            "ListScalars" => self.unary(request, Cost::Quick, calls::list_scalars).await,
            "ReadScalars" => self.unary(request, RUNS, calls::read_scalars).await,
            "ListTensors" => self.unary(request, Cost::Quick, calls::list_tensors).await,
            "ReadTensors" => self.unary(request, RUNS, read_tensors).await,
            "ListBlobSequences" => self.unary(request, Cost::Quick, calls::list_blobs).await,
            "ReadBlobSequences" => self.unary(request, RUNS, calls::read_blobs).await,
            "ReadBlob" => grpc().server_streaming(Blobs(self), request).await,
            _ => Status::unimplemented(format!("there is no call {path}")).into_http(),
        })
    }

    async fn unary<Q: Message + Default + 'static, A: Message + Default + 'static>(
        self,
        request: Request<Incoming>,
        cost: Cost<Q>,
        answer: impl Fn(&Catalog, &Q) -> Result<A, Status> + Send + Sync + 'static,
    ) -> Response<Body> {
        let call = Unary {
            shared: self.shared,
            answer: Arc::new(answer),
            cost,
        };
        grpc().unary(call, request).await
    }
}

const RUNS: Cost<ReadRequest> = Cost::Runs(named_runs);

/// The runs that a call names; none if it asks for all.
fn named_runs(request: &ReadRequest) -> &[String] {
    let filter = request.run_tag_filter.as_ref();
    let runs = filter.and_then(|filter| filter.runs.as_ref());
    runs.map_or(&[], |runs| &runs.names)
}

fn grpc<A: Message + 'static, Q: Message + Default + 'static>() -> Grpc<ProstCodec<A, Q>> {
    Grpc::new(ProstCodec::default())
        .max_decoding_message_size(MOST_REQUEST_BYTES)
        .max_encoding_message_size(usize::MAX)
}
